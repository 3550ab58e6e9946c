import type { Files } from '../layer.ts';

/** @param id as /etc/os-release has it, such as debian */
export function osRelease(id: string, version: string): Files {
  return { 'etc/os-release': `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${id} ${version}"\n` };
}

import { type Command, Option } from 'commander';
import { SBOM_SETTINGS, type SbomFlags } from '../sbom/settings.ts';
import type { Terminal } from '../terminal.ts';
import { toOption } from './options.ts';

export const addSbom = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('sbom')
    .summary('list what is in an image, as CycloneDX')
    .description(
      'Pulls an image from its registry, runs Trivy on it without a network, and prints its SBOM: CycloneDX 1.6 or later\n' +
        'in JSON, the same bytes for the same image. Needs no cluster. Of several references of one digest, the first that\n' +
        'can be pulled counts. When it fails, it ends with 1 and one line that starts with the reason, as in Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest')
    .option('--platform <os/architecture>', 'which of the images of an index', 'linux/amd64')
    .option(
      '--docker-config <directory>',
      'with config.json as docker login writes it; as often as references: each for its own; none: anonymously',
      (directory: string, before: string[] | undefined) => [...(before ?? []), directory],
    )
    .addOption(
      new Option('-o, --output <format>', 'gzip-base64: between lines with its checksum, to be read from a log')
        .choices(['json', 'gzip-base64'])
        .default('json'),
    );
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Here and not above, as for the operator.
    const { sbomCommand } = await import('../sbom/print-sbom.ts');
    await sbomCommand(references, flags, terminal);
  });
};

import { type Command, Option } from 'commander';
import { SBOM_SETTINGS, type SbomFlags } from '../sbom/settings.ts';
import type { Terminal } from '../terminal.ts';
import { toOption } from './options.ts';

export const addSbom = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('sbom')
    .summary('print the SBOM of an image, as CycloneDX')
    .description(
      'Pulls an image from its registry, runs Trivy on it without network access, and prints its SBOM: CycloneDX 1.6 or later\n' +
        'in JSON, the same bytes for the same image. Needs no cluster. Of several references to one digest, the first\n' +
        'that can be pulled is used. On failure, the exit status is 1 and stderr has one line that starts with the reason, as in\n' +
        'Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest')
    .option('--platform <os/architecture>', 'platform of the image in an image index', 'linux/amd64')
    .option(
      '--docker-config <directory>',
      'directory with a config.json from docker login, or none for anonymous access; once, or once for each reference',
      (directory: string, before: string[] | undefined) => [...(before ?? []), directory],
    )
    .addOption(
      new Option(
        '-o, --output <format>',
        'format of the output; gzip-base64 is framed by lines with a checksum, to be read from a log',
      )
        .choices(['json', 'gzip-base64'])
        .default('json'),
    );
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Imported here, as for the operator.
    const { sbomCommand } = await import('../sbom/print-sbom.ts');
    await sbomCommand(references, flags, terminal);
  });
};

import { type Command, Option } from 'commander';
import { DOCKER_CONFIG } from '../images/sources.ts';
import { SBOM_SETTINGS, type SbomFlags } from '../sbom/settings.ts';
import type { Terminal } from '../terminal.ts';
import { toOption } from './options.ts';

export const addSbom = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('sbom')
    .summary('print the SBOM of an image, as CycloneDX')
    .description(
      'Prints the SBOM of one image: CycloneDX 1.6 or later in JSON. Pulls the image from its registry and runs Trivy on it\n' +
        'without network access. Needs no cluster. All references must have the same digest: the first that can be pulled is\n' +
        'used. On failure, the exit status is 1, and stderr has one line that starts with the reason, for example Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest')
    .option('--platform <os/architecture>', 'platform of the image in an image index', 'linux/amd64')
    .option(...DOCKER_CONFIG)
    .addOption(
      new Option(
        '-o, --output <format>',
        'json: the SBOM; analysis: what Trivy found in the image, compressed, with a checksum, between two marker lines, as a Job writes it to its log',
      )
        .choices(['json', 'analysis'])
        .default('json'),
    );
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Imported here, as for the operator.
    const { sbomCommand } = await import('../sbom/print-sbom.ts');
    await sbomCommand(references, flags, terminal);
  });
};

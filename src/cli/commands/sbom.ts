import { type Command, Option } from 'commander';
import { SBOM_FORMATS } from '../../scan/report/sbom-document.ts';
import { DOCKER_CONFIG } from '../images/sources.ts';
import { SBOM_SETTINGS, type SbomFlags } from '../sbom/settings.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import type { Terminal } from '../terminal.ts';
import { flagHelp, toOption } from './options.ts';

export const addSbom = (program: Command, terminal: Terminal): void => {
  const { kubeconfig } = OPERATOR_SETTINGS;
  const command = program
    .command('sbom')
    .summary('print the SBOM of an image')
    .description(
      'Prints the SBOM of one image: CycloneDX 1.6 in JSON by default. Pulls the image from its registry and runs Trivy on it\n' +
        'without network access. Needs no cluster. All references must have the same digest: the first that can be pulled is\n' +
        'used. With --server, pass NAMESPACE/NAME of an ImageScan and one of its images: a running operator makes the SBOM of\n' +
        'what it knows, and nothing is pulled. On failure, the exit status is 1, and stderr has one line, which of an image\n' +
        'that is pulled starts with the reason, for example Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest; with --server: namespace/name and an image')
    .option(
      '--platform <os/architecture>',
      'platform of the image in an image index (default: linux/amd64, or any with --server)',
    )
    .option('--server <url>', 'URL of the report endpoint of a running operator')
    .option('--token-file <path>', 'file with a bearer token for the operator (default: the token of the kubeconfig)')
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .option(...DOCKER_CONFIG)
    .addOption(
      new Option(
        '-o, --output <format>',
        'cyclonedx: CycloneDX 1.6; cyclonedx-1.7; spdx: SPDX 2.3; analysis: what Trivy found in the image, compressed, with a checksum, between two marker lines, as a Job writes it to its log',
      )
        .choices([...SBOM_FORMATS, 'analysis'])
        .default('cyclonedx'),
    );
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Imported here, as for the operator.
    if (flags.server !== undefined) {
      const { runningImageSbom } = await import('../sbom/running-image.ts');
      return await runningImageSbom(references, flags.server, flags, terminal);
    }
    const { sbomCommand } = await import('../sbom/print-sbom.ts');
    await sbomCommand(references, flags, terminal);
  });
};

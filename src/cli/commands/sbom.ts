import { type Command, Option } from 'commander';
import { SBOM_FORMATS } from '../../scan/report/sbom-document.ts';
import { DOCKER_CONFIG } from '../images/sources.ts';
import { isScanKey } from '../report/scan-key.ts';
import { SBOM_SETTINGS, type SbomFlags } from '../sbom/settings.ts';
import type { Terminal } from '../terminal.ts';
import { addEndpointOptions, toOption } from './options.ts';

export const addSbom = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('sbom')
    .summary('print the SBOM of an image')
    .description(
      'Prints the SBOM of one image: CycloneDX 1.6 in JSON by default. Pulls the image from its registry and runs Trivy on it\n' +
        'without network access. Needs no cluster. All references must have the same digest: the first that can be pulled is\n' +
        'used. With NAMESPACE/NAME of an ImageScan and one of its images, a running operator makes the SBOM of what it knows,\n' +
        'and nothing is pulled: the operator in the cluster of the kubeconfig, through the API server, or that of --server, as\n' +
        'for palisade report. On failure, the exit status is 1, and stderr has one line, which of an image that is pulled\n' +
        'starts with the reason, for example Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest; or namespace/name of an ImageScan, and an image')
    .option(
      '--platform <os/architecture>',
      'platform of the image in an image index (default: linux/amd64, or any of an ImageScan)',
    )
    .option(...DOCKER_CONFIG)
    .addOption(
      new Option(
        '-o, --output <format>',
        'cyclonedx: CycloneDX 1.6; cyclonedx-1.7; spdx: SPDX 2.3; analysis: what Trivy found in the image, compressed, with a checksum, between two marker lines, as a Job writes it to its log',
      )
        .choices([...SBOM_FORMATS, 'analysis'])
        .default('cyclonedx'),
    );
  addEndpointOptions(command);
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Imported here, as for the operator.
    if (flags.server !== undefined || isScanKey(references[0]!)) {
      const { runningImageSbom } = await import('../sbom/running-image.ts');
      return await runningImageSbom(references, flags, terminal);
    }
    const { sbomCommand } = await import('../sbom/print-sbom.ts');
    await sbomCommand(references, flags, terminal);
  });
};

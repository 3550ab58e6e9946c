import { type Command, Option } from 'commander';
import { REPORT_FORMATS } from '../../scan/report/format/formats.ts';
import { DOCKER_CONFIG } from '../images/sources.ts';
import { SCAN_SETTINGS, type ScanFlags } from '../scan/settings.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { once, toOption } from './options.ts';

export const addScan = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('scan')
    .summary('scan images before they are deployed')
    .description(
      'Scans images as the operator does, judges them by the failOn and the exceptions of an ImageScan, and prints the same\n' +
        'report as palisade report. Images are pulled from their registry, which may be a local one; nothing is deployed, and\n' +
        'nothing is written to the cluster. The exit status is 0 if the images would be compliant, 3 if they would not be, or\n' +
        'if that is not known, and 2 if the command failed.',
    )
    .argument('<image...>', 'references of images, as in registry.example.com/team/app:1.2')
    .option(
      '--like <namespace/name>',
      'ImageScan of the cluster that judges the images; needs get on imagescans there',
      once,
    )
    .addOption(
      new Option('-f, --filename <file>', 'file with the ImageScan that judges the images; - is stdin')
        .conflicts('like')
        .argParser(once),
    )
    .option('-n, --namespace <name>', 'namespace of an ImageScan in a file that has none (default: default)')
    .option(
      '--platform <os/architecture>',
      'platform of the images in an image index; once, or once for each platform (default: with --like, that of most images there; else linux/amd64)',
      (platform: string, before: string[] | undefined) => [...(before ?? []), platform],
    )
    .option(...DOCKER_CONFIG)
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(REPORT_FORMATS).default('table'));
  for (const setting of Object.values(SCAN_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: ScanFlags) => {
    // Imported here, as for the operator.
    const { scanCommand } = await import('../scan/scan.ts');
    await failingWithUsageStatus(terminal, setStatus, () =>
      scanCommand(references, flags, widthOf(terminal.stdout), terminal),
    );
  });
};

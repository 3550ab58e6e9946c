import type { ScanReport } from '../../scan/report/model.ts';
import { InputError } from '../errors.ts';
import type { ScanKey } from './scan-key.ts';

/** Where reports come from. Both methods throw InputError. */
export interface ReportSource {
  /** The ImageScans that may be read, in any order. */
  list(): Promise<ScanKey[]>;
  /** @throws NoReport */
  read(scan: ScanKey): Promise<ScanReport>;
}

/** This ImageScan has no report, or the user may not read it; that of another may be there. */
export class NoReport extends InputError {}

import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { audit } from './story/audit.ts';
import { fitting, misfit, why } from './story/books.ts';
import { deletion } from './story/deletion.ts';
import { drift } from './story/drift.ts';
import { explained } from './story/explained.ts';
import { generated } from './story/generated.ts';
import { images } from './story/images.ts';
import { policies } from './story/policies.ts';
import { broken, escalation } from './story/refused.ts';
import { failing, finding, newDatabase, scanned } from './story/scans.ts';
import { tenant } from './story/tenant.ts';
import { waiting } from './story/waiting.ts';

const CHAPTERS = [
  policies,
  generated,
  drift,
  waiting,
  audit,
  misfit,
  why,
  fitting,
  broken,
  escalation,
  tenant,
  images,
  explained,
  scanned,
  finding,
  failing,
  newDatabase,
  deletion,
];

/** Tells the chapters one after the other. A chapter that fails is a fact that does not hold; the next one follows. */
export async function tell(stage: Stage, screen: Screen, signal: AbortSignal): Promise<void> {
  for (const chapter of CHAPTERS) {
    signal.throwIfAborted();
    try {
      await chapter(stage, screen);
    } catch (error) {
      screen.check(`the chapter ended early: ${(error as Error).message}`, false);
    }
  }
}

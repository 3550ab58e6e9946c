import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PRIORITIES, type ScanPriority } from '../../../../src/scan/engine/queue/scan-request.ts';
import { nextPhase, type Phase, type QueueEvent } from '../../../../src/scan/engine/queue/transitions.ts';
import { FAILURE_REASONS, type FailureReason } from '../../../../src/scan/scan-error.ts';

const PHASES: readonly Phase[] = ['Waiting', 'Running', 'BackingOff', 'Paused', 'Failed'];

/** What follows each event in the phases above, in their order; the failure is one that the phase can have. */
const TABLE: readonly [QueueEvent['kind'], FailureReason | undefined, ...(Phase | 'Forgotten')[]][] = [
  ['Started', 'Timeout', 'Running', 'Running', 'BackingOff', 'Paused', 'Failed'],
  ['RegistryPaused', 'Timeout', 'Paused', 'Running', 'BackingOff', 'Paused', 'Failed'],
  ['WaitEnded', 'Timeout', 'Waiting', 'Running', 'Waiting', 'Waiting', 'Failed'],
  ['Changed', 'Unauthorized', 'Waiting', 'Running', 'Waiting', 'Waiting', 'Waiting'],
  ['DatabaseArrived', 'Unauthorized', 'Waiting', 'Running', 'BackingOff', 'Paused', 'Failed'],
  ['DatabaseArrived', 'DatabaseMissing', 'Waiting', 'Running', 'BackingOff', 'Paused', 'Waiting'],
  ['Removed', undefined, 'Forgotten', 'Running', 'Forgotten', 'Forgotten', 'Forgotten'],
];

for (const [kind, failure, ...expected] of TABLE) {
  test(`${kind}, the last failure ${failure ?? 'none'}`, () => {
    const event = { kind } as QueueEvent;
    assert.equal(
      PHASES.map((phase) => nextPhase(phase, event, failure)),
      expected,
    );
  });
}

/** The phases from which a request leads to the line, by its priority. */
const URGENT: readonly [Phase, FailureReason, readonly ScanPriority[]][] = [
  ['Paused', 'RateLimited', ['Requested']],
  ['BackingOff', 'Timeout', ['Requested', 'Scheduled']],
  ['BackingOff', 'NotFound', ['Requested', 'Scheduled']],
  ['Failed', 'Unauthorized', ['Requested', 'Scheduled']],
  ['Failed', 'DatabaseMissing', ['Requested', 'Running', 'Scheduled', 'Idle']],
];

for (const [phase, failure, priorities] of URGENT) {
  test(`Requested while ${phase} after ${failure}`, () => {
    const after = (priority: ScanPriority) => nextPhase(phase, { kind: 'Requested', priority }, failure);
    assert.equal(
      PRIORITIES.filter((priority) => after(priority) === 'Waiting'),
      priorities,
    );
    assert.ok(PRIORITIES.every((priority) => ['Waiting', phase].includes(after(priority))));
  });
}

test('a request changes neither a waiting key nor a running one', () => {
  for (const priority of PRIORITIES) {
    assert.is(nextPhase('Waiting', { kind: 'Requested', priority }), 'Waiting');
    assert.is(nextPhase('Running', { kind: 'Requested', priority }, 'Timeout'), 'Running');
  }
});

test('a scan that succeeds is forgotten, unless another one was requested meanwhile', () => {
  assert.is(nextPhase('Running', { kind: 'Succeeded', requested: false }), 'Forgotten');
  assert.is(nextPhase('Running', { kind: 'Succeeded', requested: true }, 'Timeout'), 'Waiting');
});

const FAILED: Readonly<Record<FailureReason, Phase>> = {
  Unauthorized: 'Failed',
  NotFound: 'BackingOff',
  RateLimited: 'Paused',
  Unreachable: 'BackingOff',
  NotAllowed: 'Failed',
  Timeout: 'BackingOff',
  TooLarge: 'Failed',
  PlatformMismatch: 'Failed',
  AmbiguousIndex: 'Failed',
  DigestHidden: 'Failed',
  DamagedImage: 'Failed',
  DatabaseMissing: 'Failed',
  ScannerFailed: 'BackingOff',
};

for (const reason of FAILURE_REASONS) {
  test(`a scan that fails with ${reason}: ${FAILED[reason]}, and Waiting when its cause has changed meanwhile`, () => {
    assert.is(nextPhase('Running', { kind: 'Failed', reason, answered: false }, reason), FAILED[reason]);
    assert.is(nextPhase('Running', { kind: 'Failed', reason, answered: true }, reason), 'Waiting');
  });
}

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError, classify, type ErrorClass } from '../../src/kube/rest/errors.ts';

/** An attempt at the API server, and a nearly identical request that the same user may make. */
export interface Attempt {
  readonly what: string;
  readonly deny: () => Promise<unknown>;
  /** Who refuses: RBAC, an admission policy, the schema, or RBAC's comparison of rights. */
  readonly by: Extract<ErrorClass, 'Forbidden' | 'AdmissionRefused' | 'Invalid' | 'EscalationRefused'>;
  /** Part of the API server's message: the intended reason, and no other. */
  readonly because: string;
  /** Without it, a check that denies everything would pass. */
  readonly twin: () => Promise<unknown>;
}

export const attempt = ({ what, deny, by, because, twin }: Attempt): void => {
  test(`denied: ${what}`, async () => {
    const error = await deny().then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, ApiError, 'the API server lets it pass');
    assert.is(classify(error), by, (error as ApiError).message);
    assert.match((error as ApiError).message, because);
  });
  test(`allowed instead: ${what}`, async () => {
    await twin();
  });
};

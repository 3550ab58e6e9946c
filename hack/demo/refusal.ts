import { ApiError } from '../../src/kube/rest/errors.ts';

/** The output of kubectl for a refused request. */
export function describeRefusal({ status }: ApiError): string {
  const { reason, message, details = {} } = status;
  if (reason !== 'Invalid') return `Error from server (${reason}): ${message}`;
  const causes = (details.causes ?? []).map((cause) => `* ${cause.field}: ${cause.message}`);
  return [`The ${details.kind} "${details.name}" is invalid:`, ...causes].join('\n');
}

/** The output of kubectl if the API server refuses the request; undefined if it does not. */
export async function refusal(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return describeRefusal(error);
    throw error;
  }
}

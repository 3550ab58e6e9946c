/** Fails rather than leave the twin as the original was. */
const replaced = (text: string, ...changes: [from: string | RegExp, to: string][]): string =>
  changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`nothing to replace: ${from}`);
    return after;
  }, text);

/**
 * The admission policy for mode Audit, and for rules that wait, from the file of the one for mode Enforce: the same text for
 * these, with one binding that warns and writes to the audit log wherever the policy matches.
 * @param from the file's path, named in the result
 */
export const auditTwin = (text: string, from: string): string => {
  const [policy = '', binding = ''] = text.split('---\n');
  const name = 'name: palisade-trusted-images\n';
  const renamed = 'name: palisade-trusted-images-audit\n';
  return [
    replaced(
      policy,
      [/^.*?(?=apiVersion: )/s, `# Generated from ${from} by npm run generate. Do not edit.\n`],
      [name, renamed],
      [
        "params.spec.mode == 'Enforce'",
        "params.spec.mode == 'Audit' || (has(params.spec.images) && has(params.spec.images.onViolation) && params.spec.images.onViolation == 'Wait')",
      ],
      // Rules in force need no warning: they refuse.
      [
        /(- name: rules\n {6}expression: >-\n {8}).*\n/,
        "$1params.spec.mode == 'Enforce' && variables.recorded == [variables.written] ? [] : [variables.written]\n",
      ],
    ),
    replaced(
      binding,
      [name, renamed],
      ['policyName: palisade-trusted-images\n', 'policyName: palisade-trusted-images-audit\n'],
      ['[Deny]', '[Warn, Audit]'],
      [/ {2}matchResources:\n.*/s, ''],
    ),
  ].join('---\n');
};

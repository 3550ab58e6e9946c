import { createHash } from 'node:crypto';

/** Contrasts are at least 4.5 to 1 in both schemes, as WCAG 2.2 AA asks. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #f3f4f6; --line: #8b929c; --link: #0b57d0;
  --bad: #b3261e; --unsure: #7a4d00; --good: #0f6b3a;
  --critical: #8c1d18; --high: #c2410c; --medium: #a16207; --low: #1d4ed8; --unknown: #5b6470; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --back: #14171a; --soft: #22262b; --line: #7d8590;
  --link: #8ab4f8; --bad: #ff8a80; --unsure: #f5c04d; --good: #6fdc9b;
  --critical: #ff8a80; --high: #ffab70; --medium: #f5d565; --low: #8ab4f8; --unknown: #b0b7c0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
.verdict { font-size: 1.25rem; font-weight: 600; margin: .25rem 0; }
.bad { color: var(--bad); } .unsure { color: var(--unsure); } .good { color: var(--good); }
.box { background: var(--soft); border-left: .4rem solid var(--line); padding: .5rem 1rem; }
.box.unsure { border-color: var(--unsure); color: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } .narrow { max-width: 30rem; }
caption { text-align: left; padding: .25rem 0; }
th, td { overflow-wrap: break-word; text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { background: var(--soft); } tbody th { font-weight: 600; background: none; overflow-wrap: anywhere; } .wide tbody th { min-width: 14rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
li { margin: .35rem 0; }
svg { display: block; width: 100%; height: 1.25rem; margin: .5rem 0; }
.critical { fill: var(--critical); } .high { fill: var(--high); } .medium { fill: var(--medium); }
.low { fill: var(--low); } .unknown { fill: var(--unknown); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .5rem; }
`;

/** Nothing is loaded and nothing runs; of styles, only the one above counts. */
export const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

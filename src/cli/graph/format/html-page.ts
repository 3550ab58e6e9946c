import { createHash } from 'node:crypto';
import { SVG_STYLE } from './svg-style.ts';

export const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --rule: #8b929c; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e6e8eb; --rule: #7d8590; } }
body { margin: 0; padding: 1.5rem; color: var(--ink); background: var(--page); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } li { margin: .25rem 0; }
.picture, .wide { overflow: auto; margin: 1rem 0; } .picture { border: 1px solid var(--rule); max-height: 85vh; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid var(--rule); }
svg { display: block; margin: auto; flex: none; } svg.fit { width: 100%; height: auto; } svg .node { cursor: pointer; outline: none; }
svg .node:focus rect { stroke-width: 4; }
svg.lit .edge:not(.on), svg.lit .node:not(.on) { opacity: .15; } svg.lit .edge.on path { stroke-width: 3; }
${SVG_STYLE}`;

/** Shows the connections of the node under the pointer, or with the focus; Escape shows all again. */
export const SCRIPT = `
const svg = document.querySelector('svg');
const nodes = [...svg.querySelectorAll('.node')];
const edges = [...svg.querySelectorAll('.edge')];
const show = (id) => {
  svg.classList.toggle('lit', id !== undefined);
  const near = new Set([id]);
  for (const edge of edges) {
    const { from, to } = edge.dataset;
    const on = from === id || to === id;
    edge.classList.toggle('on', on);
    if (on) near.add(from).add(to);
  }
  for (const node of nodes) node.classList.toggle('on', near.has(node.dataset.id));
};
const focused = () => nodes.find((node) => node === document.activeElement)?.dataset.id;
for (const node of nodes) {
  node.addEventListener('pointerenter', () => show(node.dataset.id));
  node.addEventListener('pointerleave', () => show(focused()));
  node.addEventListener('focus', () => show(node.dataset.id));
  node.addEventListener('blur', () => show(undefined));
}
const fit = document.querySelector('input');
fit.addEventListener('change', () => svg.classList.toggle('fit', fit.checked));
addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return;
  document.activeElement?.blur();
  show(undefined);
});
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded; of styles and scripts, only those above count. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;

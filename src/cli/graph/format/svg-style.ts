/** Contrasts are at least 4.5 to 1 in both schemes, as WCAG 2.2 AA asks. */
export const SVG_STYLE = `
svg { --text: #1b1f24; --back: #ffffff; --soft: #f3f4f6; --line: #5b6470; --node: #e8f0fe; --edge: #0b57d0;
  --open: #fff1c2; --warn: #7a4d00; --outside: #e9e3f5; background: var(--back); font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --text: #e6e8eb; --back: #14171a; --soft: #1d2126; --line: #9aa3ad;
  --node: #1e3355; --edge: #8ab4f8; --open: #4a3a0a; --warn: #f5c04d; --outside: #3a2f52; } }
svg text { fill: var(--text); text-anchor: middle; }
svg .namespace rect { fill: var(--soft); stroke: var(--line); }
svg .namespace text { text-anchor: start; font-size: 14px; font-weight: 700; }
svg .node rect { fill: var(--node); stroke: var(--edge); stroke-width: 1.5; }
svg .node.open rect { fill: var(--open); stroke: var(--warn); stroke-width: 2.5; }
svg .node.everyone rect { stroke-dasharray: 2 3; }
svg .node.outside rect { fill: var(--outside); stroke: var(--line); }
svg .node .label { font-size: 14px; font-weight: 600; }
svg .node .detail { font-size: 12px; }
svg .edge path { fill: none; stroke: var(--edge); stroke-width: 1.5; }
svg .edge.unsure path { stroke-dasharray: 6 4; }
svg .edge text { font-size: 12px; paint-order: stroke; stroke: var(--back); stroke-width: 4px; stroke-linejoin: round; }
svg marker path { fill: var(--edge); }
`;

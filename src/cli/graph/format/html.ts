import { html, Markup, NOTHING } from '../../../scan/report/format/html-markup.ts';
import { fullName, type Graph } from '../graph.ts';
import { CONTENT_SECURITY_POLICY, SCRIPT, STYLE } from './html-page.ts';
import { describeGraph, svgMarkup, UNSURE } from './svg.ts';

const KEY = html`<ul>
<li>A line: NetworkPolicies allow connections from one end to the other, at the ports beside it. A dashed line: that is unknown, or not so for all pods.</li>
<li>Open to all: no policy isolates the workload, so everything whose own policies allow it may connect. May call all: no policy limits where it connects to. Such pairs have no line.</li>
<li>Pods not found: rules select pods that are not there.</li>
<li>Point at a workload, or move to it with Tab, to see its lines alone. Escape shows all again.</li>
</ul>`;

const tableOf = ({ nodes, edges }: Graph): Markup => {
  const names = new Map(nodes.map((node) => [node.id, fullName(node)]));
  const rows = edges.map(
    ({ from, to, ports, certain }) =>
      html`<tr><td>${names.get(from)!}</td><td>${names.get(to)!}</td><td>${ports.join(', ')}</td><td>${certain ? 'yes' : UNSURE}</td></tr>\n`,
  );
  return html`<div class="wide" tabindex="0" role="region" aria-label="The lines as a table"><table><thead><tr><th>from</th><th>to</th><th>ports</th><th>allowed</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
};

/** One file that loads nothing. @param notes what the picture leaves out, or assumes */
export const toHtml = (graph: Graph, notes: readonly string[]): string => {
  const said = notes.map((note) => html`<li>${note}</li>\n`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allowed connections</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>Allowed connections</h1>
<p>${describeGraph(graph)}.</p>
${KEY}
${said.length > 0 ? html`<h2>What is not known</h2>\n<ul>\n${said}</ul>\n` : NOTHING}<p><label><input type="checkbox"> Fit the picture to the window</label></p>
<div class="picture" tabindex="0" role="region" aria-label="Picture of the allowed connections">
${svgMarkup(graph, NOTHING, html` tabindex="0"`)}</div>
<h2>The lines as a table</h2>
${tableOf(graph)}
</main>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
};

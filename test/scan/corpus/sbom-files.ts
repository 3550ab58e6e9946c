import type { Files } from '../../../hack/images/layer.ts';

const nameAndVersion = (purl: string): readonly string[] => /\/([^/@]+)@([^?]+)/.exec(purl)?.slice(1) ?? [];

/** An SPDX file of one package, as distributions and vendors put it into images. */
export function spdx(path: string, purl: string): Files {
  const [name, versionInfo] = nameAndVersion(purl);
  const ref = { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
  return {
    [path]: JSON.stringify({
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      dataLicense: 'CC0-1.0',
      name,
      documentNamespace: `https://example.com/${name}`,
      creationInfo: { creators: ['Organization: Example'], created: '2026-01-01T00:00:00Z' },
      packages: [{ SPDXID: 'SPDXRef-Package', name, versionInfo, downloadLocation: 'NONE', externalRefs: [ref] }],
      relationships: [
        { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-Package' },
      ],
    }),
  };
}

/** A CycloneDX file of one package. */
export function cycloneDx(path: string, purl: string): Files {
  const [name, version] = nameAndVersion(purl);
  const component = { type: 'library', 'bom-ref': purl, name, version, purl };
  return {
    [path]: JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [component] }),
  };
}

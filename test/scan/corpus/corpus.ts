import { alpineImages } from './apk.ts';
import type { CorpusImage } from './corpus-image.ts';
import { debianImages } from './dpkg.ts';
import { languageImages } from './languages.ts';
import { layeredImages } from './layers.ts';
import { rpmImages } from './rpm.ts';
import { suppliedImages } from './suppliers.ts';

/** Every distribution and language that Trivy knows in images, and everything else that its decisions depend on. */
export const corpus: readonly CorpusImage[] = [
  ...debianImages,
  ...alpineImages,
  ...rpmImages,
  ...suppliedImages,
  ...languageImages,
  ...layeredImages,
];

import { apiClients } from './api-clients.ts';
import type { Source } from './evidence.ts';
import { exposedServices } from './exposed-services.ts';
import { gatewayRoutes } from './gateway-routes.ts';
import { hostNames } from './host-names.ts';
import { ingresses } from './ingresses.ts';
import { monitors } from './monitors.ts';
import { scrapeAnnotations } from './scrape-annotations.ts';
import { webhooks } from './webhooks.ts';

/** Where connections are looked for. */
export const SOURCES: readonly Source[] = [
  ...[hostNames, ingresses, gatewayRoutes, exposedServices, scrapeAnnotations, monitors, webhooks, apiClients],
];

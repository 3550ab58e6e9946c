import { DecoratorHandler, type Dispatcher } from 'undici';

/** The permission to write of a process that writes only while it leads. */
export interface WritePermission {
  granted(): boolean;
  /** Aborted when the permission is revoked for good: requests in flight are cut off. */
  readonly revoked: AbortSignal;
}

// The base class passes every event on, which undici's types do not say.
const PassThrough = DecoratorHandler as new (handler: Dispatcher.DispatchHandler) => Dispatcher.DispatchHandler;

class PermissionCheck extends PassThrough {
  readonly #granted: () => boolean;

  constructor(handler: Dispatcher.DispatchHandler, granted: () => boolean) {
    super(handler);
    this.#granted = granted;
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    super.onRequestStart?.(controller, context);
    if (!this.#granted()) controller.abort(new Error('the permission to write was revoked'));
  }
}

/** Checks the permission when a request is sent, which may be long after it was made: a connection must be set up first. */
export const checkingPermission = (dispatcher: Dispatcher, granted: () => boolean): Dispatcher =>
  dispatcher.compose((dispatch) => (options, handler) => dispatch(options, new PermissionCheck(handler, granted)));

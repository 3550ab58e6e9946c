import { DecoratorHandler, type Dispatcher } from 'undici';

/** Of a process that writes only while it leads. */
export interface WritePermission {
  granted(): boolean;
  /** Ends when it is taken back for good: what is under way is cut off then. */
  readonly ended: AbortSignal;
}

// undici's own types leave out what it passes on.
const Passing = DecoratorHandler as new (handler: Dispatcher.DispatchHandler) => Dispatcher.DispatchHandler;

class AskedAtTheStart extends Passing {
  readonly #granted: () => boolean;

  constructor(handler: Dispatcher.DispatchHandler, granted: () => boolean) {
    super(handler);
    this.#granted = granted;
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    super.onRequestStart?.(controller, context);
    if (!this.#granted()) controller.abort(new Error('not permitted any more'));
  }
}

/** Asks when a request is put on its connection, which may be long after it was made: while the connection is set up. */
export const askingAtTheStart = (dispatcher: Dispatcher, granted: () => boolean): Dispatcher =>
  dispatcher.compose((dispatch) => (options, handler) => dispatch(options, new AskedAtTheStart(handler, granted)));

// The gate inside Express: the same policy and the same answers as the gateway's.
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { compose, systemPorts } from "../configuration/compose.ts";
import { loadSettings } from "../configuration/load.ts";
import type { Configuration } from "../configuration/settings.ts";
import { systemClock } from "../core/clock.ts";
import type { Principal } from "../core/principal.ts";
import { exchangeOf, whenEnded } from "./express-exchange.ts";
import { passGate } from "./express-gate.ts";

declare global {
  namespace Express {
    interface Request {
      /** Who is calling, as Portcullis proved it; anonymous on public operations. */
      principal: Principal;
    }
  }
}

/** The configuration as an object, or the name of its file. `upstream` and listening make no sense here. */
export type ExpressConfiguration = Omit<Configuration, "upstream"> | { readonly file: string };

export interface PortcullisHandler extends RequestHandler {
  /** Resolves once every issuer's keys were loaded; requests before that get 503. */
  ready(): Promise<void>;
  /** Ends the refreshing of keys and writes what is still to be recorded. */
  close(): Promise<void>;
}

/**
 * Compiles the policy and gives the middleware that enforces it. Mount it first: it reads the body, sets `req.body` from
 * the one parse and `req.principal`, and guards the answer. What no operation matches is denied, so that Express's lax
 * routing (letter case, trailing slashes) opens no way around a gate. Throws ProblemsError with everything that is wrong.
 */
export async function portcullis(configuration: ExpressConfiguration): Promise<PortcullisHandler> {
  const source = "file" in configuration ? { file: configuration.file } : { object: configuration as Configuration };
  const loaded = await loadSettings({ ...source, cwd: process.cwd(), env: process.env });
  const composition = await compose(loaded, systemPorts());
  const { policy, settle, recorder, keySources } = composition;
  const handler = (request: Request, response: Response, next: NextFunction): void => {
    const { exchange, refusal } = exchangeOf(request, settle, systemClock);
    exchange.policyVersion = policy.version;
    const gate = refusal === undefined ? policy.enter(exchange) : policy.refused;
    whenEnded(response, exchange, systemClock, () => recorder.exchange(exchange));
    void passGate(request, response, next, exchange, gate, refusal);
  };
  const ready = Promise.all(keySources.map((keys) => keys.ready()));
  // A failure is told by whoever awaits `ready`, and by the record; it must not end the process.
  ready.catch(() => undefined);
  return Object.assign(handler, {
    ready: async () => void (await ready),
    close: () => composition.close(),
  });
}

// TRACE (RFC 9110 9.3.8): who answers with the request shows scripts what they must not see, and what proxies added.
import { freshWord, isPassed, isServed } from "../answers.ts";
import type { ApiProbe } from "../probe.ts";

export const trace: ApiProbe = {
  id: "trace",
  rules: ["dynamic.trace-echoed", "dynamic.undeclared-passed"],
  per: "api",
  async *run(context) {
    const word = freshWord(context);
    for (const method of ["TRACE", "TRACK"]) {
      const tried = await context.client.send({ method, target: "/", fields: [["X-Echo", word]] });
      const undeclared = { method, template: "/" };
      if (isPassed(tried, context)) {
        const message = `${method} was passed on by the gate`;
        yield context.finding({
          rule: "dynamic.undeclared-passed",
          undeclared,
          what: method,
          message,
          evidence: [tried],
        });
      }
      if (!isServed(tried) || tried.reply?.body.includes(word) !== true) continue;
      const message = `${method} answers with the fields of the request`;
      yield context.finding({ rule: "dynamic.trace-echoed", undeclared, what: method, message, evidence: [tried] });
    }
  },
};

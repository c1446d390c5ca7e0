// Tries each place that takes texts with each attack until one is proven there, and goes on with the next.
import { ATTACKS } from "../attacks/attacks.ts";
import { hasPattern, pattern } from "../attacks/pattern.ts";
import { aimAt, blindAim } from "../inputs/aim.ts";
import { groundOf, hasInputs } from "../inputs/ground.ts";
import type { OperationProbe } from "../probe.ts";

export const injection: OperationProbe = {
  id: "injection",
  rules: ATTACKS.map(({ rule }) => rule),
  per: "operation",
  async *run(subject, context) {
    if (!hasInputs(subject)) return;
    const ground = await groundOf(subject, context);
    if ("why" in ground) return;
    const { method, template } = subject.operation;
    for (const slot of ground.slots) {
      const attacks = ATTACKS.filter((attack) => attack.suits(slot));
      // oxlint-disable-next-line no-await-in-loop -- one after the other: times are compared
      const open = attacks.length === 0 ? undefined : await aimAt(slot, ground);
      const aim = open ?? (attacks.includes(pattern) && hasPattern(slot) ? blindAim(slot, ground) : undefined);
      if (aim === undefined) continue;
      for (const attack of open === undefined ? [pattern] : attacks) {
        // oxlint-disable-next-line no-await-in-loop
        const proof = await attack.run(aim);
        if (proof === undefined) continue;
        yield context.finding({
          ...proof,
          rule: attack.rule,
          subject,
          parameter: slot.label,
          message: `${method} ${template}: ${proof.message}`,
        });
      }
    }
  },
};

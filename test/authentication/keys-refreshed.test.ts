// Keys that are loaded when somebody says that they were replaced: what the old ones verified does not count from then on.
import { expect, it, onTestFinished } from "vitest";
import { remoteKeys } from "../../src/authentication/index.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "./issuer.ts";
import { authenticatorOf, verdict } from "./judging.ts";
import { KeyServer, settled } from "./key-server.ts";

it("are loaded at once, and again behind a load that is under way", async () => {
  const time = new FakeTime();
  const server = new KeyServer();
  const [first, second] = [await makeKey("ES256", "first"), await makeKey("ES256", "second")];
  server.publish(first);
  const keys = remoteKeys({
    jwksUrl: "https://login.example.com/keys",
    fetchJson: server.fetchJson,
    clock: time,
    schedule: time.schedule,
  });
  onTestFinished(() => keys.close());
  const tokenOf = (key: TestKey) => issue(key, claimsAt(time.seconds), { kid: key.kid });
  await keys.refresh?.();
  expect(server.asked).toEqual([]); // Nobody has asked for a key yet.
  const loading = keys.ready();
  const again = keys.refresh?.();
  await Promise.all([loading, again]);
  expect(server.asked).toHaveLength(2);
  const authenticator = authenticatorOf(keys, time);
  const token = await tokenOf(first);
  expect(await verdict(authenticator, token)).toBe("accepted");
  server.publish(second);
  await keys.refresh?.();
  await settled();
  expect(server.asked).toHaveLength(3);
  expect(await verdict(authenticator, await tokenOf(second))).toBe("accepted");
  expect(await verdict(authenticator, token)).toBe("authentication.key-unknown");
});

// Another e-mail address: asked for with the password, confirmed by whoever reads the new one and is signed in, told to the old one.
import type { Together } from "../administration/stores.ts";
import { isDone, UndoError } from "../database.ts";
import { type Account, type AccountStore, mayGiveWay } from "./account-store.ts";
import type { Accounts } from "./accounts.ts";
import { emailAddress } from "./email-address.ts";
import { addressChangeMail, addressTakenMail, type MailMessage, type MailTexts } from "./mail.ts";
import type { MailLimit } from "./mail-limit.ts";
import type { OneTimeLinks } from "./one-time-links.ts";

const CHANGE_SECONDS = 3_600;
const LINK = "EmailChange";

const GAVE_WAY = "The account was removed: its address, which nobody had confirmed, was confirmed for another.";

export interface AddressChangeParts {
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly atOnce: Together;
  readonly links: OneTimeLinks;
  readonly mailLimit: MailLimit;
  readonly texts: MailTexts;
  /** Not waited for: a mail server's time would tell which addresses have an account. */
  readonly send: (message: MailMessage) => void;
}

export class AddressChange {
  readonly #parts: AddressChangeParts;

  constructor(parts: AddressChangeParts) {
    this.#parts = parts;
  }

  /** done: whether or not the new address has an account, so that nobody learns that here. A number: seconds to wait. */
  async request(
    account: Account,
    typed: { readonly email: string; readonly password: string; readonly device: string | undefined },
  ): Promise<"done" | "email" | "same" | "kept" | "old" | number> {
    const { accounts, accountStore, atOnce, mailLimit, texts, send } = this.#parts;
    const address = emailAddress(typed.email);
    if (address === undefined) return "email";
    if (account.declared === 1) return "kept";
    if (address.key === account.email_key) return "same";
    const answer = await accounts.confirmPassword(account, typed.password, typed.device);
    if (answer !== "done") return answer;
    const known = await accountStore.byEmail(address);
    const taken = known !== undefined && mayGiveWay(known) ? undefined : known;
    const token = await atOnce(async ({ artifacts, links, database: { queries } }) => {
      await artifacts.removeOfAccount(LINK, account.id);
      await accounts.record(queries, account.id, "Another e-mail address was asked for.");
      return links.issue(LINK, taken === undefined ? account.id : "", CHANGE_SECONDS, {
        email: address.address,
        emailKey: address.key,
        from: account.email_key,
      });
    });
    if (mailLimit.mayGoTo(address.key)) {
      send(
        taken === undefined ? addressChangeMail(texts, address.address, token) : addressTakenMail(texts, taken.email),
      );
    }
    const what = `It was asked for that your account gets the e-mail address ${address.address}. It does as soon as the link is followed that was sent there.`;
    accounts.notify(account, what);
    return "done";
  }

  /** Ends every other session, every token, and the links that went to the old address. `uid`: of the session that stays. */
  async confirm(account: Account, token: string, uid: string): Promise<Account | undefined> {
    const { accounts, accountStore, atOnce, links } = this.#parts;
    const asked = await links.read(LINK, token);
    // Only in a browser that is signed in to this account: nobody takes over an address whose owner was made to press a button.
    if (account.declared === 1 || asked?.accountId !== account.id || asked["from"] !== account.email_key)
      return undefined;
    const address = { address: asked["email"] as string, key: asked["emailKey"] as string };
    const change = atOnce(async (stores) => {
      await stores.accounts.hold(account.id);
      if ((await stores.links.take(LINK, token)) === undefined) throw new UndoError();
      const gone = await stores.accounts.removeUnconfirmedOf(address);
      if (gone !== undefined) await accounts.record(stores.database.queries, gone, GAVE_WAY);
      await stores.sessions.endAll(account.id, uid, async (queries) => {
        // Somebody may have the address meanwhile.
        if (!(await stores.accounts.changeEmail(account, address, queries))) throw new UndoError();
        await accounts.record(queries, account.id, "The e-mail address was changed.");
      });
    });
    if (!(await isDone(change))) return undefined;
    const what = `The e-mail address of your account is ${address.address} now. Nothing is sent to this one any more.`;
    accounts.notify(account, what);
    return accountStore.byId(account.id);
  }
}

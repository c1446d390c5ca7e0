// Why a server could not be asked, in words where they say more than the code of the system.

/** `code`: as Node has it (`ECONNREFUSED`). */
export function whyUnreached(code: string): string {
  return code === "ECONNREFUSED" ? `${code}; nothing listens there` : code;
}

// Mutants that nobody can tell from the original: what is broken is held by something else, or held nothing. Each with its reason.

/** By the mutant's name. What stands here and is noticed, or is no mutant any more, is a mistake. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  "document: register body /email without maxLength":
    "`format: email` ends at 254 characters itself (RFC 5321 4.5.3.1.3)",
  "document: register body /password without format": "`format: password` tells people what it is, and bounds nothing",
  "document: listProducts query query without type": "what stands in a query is text, whatever its schema says",
  "document: listOrders query status without type": "its `enum` lists texts only",
  "settings: operations.register.authenticationMode": "it is public: nobody is asked who they are",
  "settings: operations.register.authorizationMode": "it is public: nobody is asked what they may do",
  ...Object.fromEntries(
    ["listProducts", "listOrders", "getOrder", "cancelOrder", "refundOrder", "dailyReport", "followOrders"].map(
      (operation) => [
        `${operation}: no bound of the body`,
        "it takes no body: validation.body-unexpected refuses any, however small",
      ],
    ),
  ),
  ...Object.fromEntries(
    ["register", "listProducts"].map((operation) => [
      `${operation}: no field withheld`,
      "only the API sees which fields of a request go on to it",
    ]),
  ),
  "cancelOrder: response without validation.responses": "its answer has no content",
  "followOrders: response without validation.responses": "events are passed on unread",
  "register: body without validation.injection":
    "what its schema takes is an e-mail address and a password, which nobody reads as code",
};

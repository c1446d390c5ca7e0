// Guards what is taken for the inside of an API: stacks, messages of databases, places of files; and what only looks alike.
import { describe, expect, it } from "vitest";
import { databaseMessage, told } from "../../../src/security-testing/dynamic/inputs/signatures.ts";
import { placeIn } from "../../../src/security-testing/dynamic/attacks/html.ts";

describe("what an error tells", () => {
  it.each([
    ["V8", new Error("x").stack ?? "", "a stack trace"],
    ["Java", "java.lang.X: y\n\tat com.shop.Orders.find(Orders.java:42)\n", "a stack trace"],
    ["Python", 'Traceback (most recent call last):\n  File "/srv/app.py", line 3', "a stack trace"],
    [".NET", "\n   at Shop.Orders.Find(String id) in C:\\src\\Orders.cs:line 7", "a stack trace"],
    ["Go", "goroutine 12 [running]:\nmain.find()", "a stack trace"],
    ["PHP", "Warning: x in /var/www/html/orders.php on line 3", "a stack trace"],
    ["Ruby", "/app/orders.rb:12:in `find'", "a stack trace"],
    ["MySQL", "You have an error in your SQL syntax; check", "a message of its database"],
    ["MySQL, a column", "Unknown column 'x' in 'order clause'", "a message of its database"],
    ["SQLite, a column", "no such column: x", "a message of its database"],
    ["PostgreSQL, a column", 'column "x" does not exist', "a message of its database"],
    ["an ORM", "QueryFailedError: syntax", "a message of its database"],
    ["PostgreSQL", 'ERROR: syntax error at or near "x"', "a message of its database"],
    ["a path", "cannot read /home/shop/api/orders.ts", "where its files are"],
    ["a module", "in node_modules/express/lib", "where its files are"],
  ])("is noticed of %s", (_name, text, what) => {
    expect(told(text)?.what).toBe(what);
  });

  it.each([
    ["a sentence", "There is no such order."],
    ["a place in a document", "errors: [{ at: /email, message: email must be a valid e-mail address }]"],
    ["an address of the API", "see https://shop.example/usr/orders"],
    ["words about SQL", "We like SQL; name must not hold quotes."],
    ["a column that is none", "there is no such column"],
    ["a time", "at 12:30:00"],
  ])("is not %s", (_name, text) => {
    expect(told(text)).toBeUndefined();
  });

  it("names the message of the database that was found", () => {
    expect(databaseMessage("SQLITE_ERROR: unrecognized token")).toBe("SQLITE_ERROR");
  });
});

describe("what stands in a page", () => {
  it.each([
    ["as markup", `<p>word"'><i>word</i></p>`, "as markup"],
    ["as markup in a title", `<title>word"'><i>word</i></title>`, "as markup"],
    ["out of an attribute", `<input value="word"'&gt;&lt;i&gt;word&lt;/i&gt;">`, "out of an attribute"],
    ["out of an attribute of the other quotes", `<input value='word"'&gt;'>`, "out of an attribute"],
    ["inside a script", `<script>var a = "word"'\\u003e"</script>`, "inside a script"],
    ["escaped", `<p>word&quot;&#39;&gt;&lt;i&gt;word</p>`, undefined],
    ["escaped in an attribute", `<input value="word&quot;&#39;&gt;">`, undefined],
    ["in text where quotes do nothing", `<p>word"'&gt;&lt;i&gt;word</p>`, undefined],
    ["not at all", "<p>hello</p>", undefined],
  ])("%s", (_name, page, place) => {
    expect(placeIn(page, "word")).toBe(place);
  });
});

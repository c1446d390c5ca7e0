// The list of what is under way: entries come and go in any order, and none is lost or kept.
import { describe, expect, it } from "vitest";
import { UnderWay } from "../../src/gateway/under-way.ts";

const entry = (name: string) => ({ name, place: -1 });
const names = (list: UnderWay<ReturnType<typeof entry>>) => list.all().map((each) => each.name);

describe("what is under way", () => {
  it("holds what was added until it is removed, in whatever order", () => {
    const list = new UnderWay<ReturnType<typeof entry>>();
    const [a, b, c, d] = ["a", "b", "c", "d"].map(entry) as [
      ReturnType<typeof entry>,
      ReturnType<typeof entry>,
      ReturnType<typeof entry>,
      ReturnType<typeof entry>,
    ];
    for (const each of [a, b, c]) list.add(each);
    list.remove(a);
    expect(names(list).toSorted()).toEqual(["b", "c"]);
    list.remove(c);
    list.add(d);
    expect(names(list).toSorted()).toEqual(["b", "d"]);
    list.remove(d);
    list.remove(b);
    expect(list.size).toBe(0);
  });

  it("removes an entry once, and none in place of one that is not in it", () => {
    const list = new UnderWay<ReturnType<typeof entry>>();
    const a = entry("a");
    const b = entry("b");
    list.add(a);
    list.add(b);
    list.remove(a);
    list.remove(a);
    list.remove(entry("never added"));
    expect(names(list)).toEqual(["b"]);
  });

  it("lets entries end while they are looked at", () => {
    const list = new UnderWay<ReturnType<typeof entry>>();
    for (const name of ["a", "b", "c"]) list.add(entry(name));
    for (const each of list.all()) list.remove(each);
    expect(list.size).toBe(0);
  });
});

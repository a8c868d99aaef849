/** Flags that may be given more than once, one value each: unlike a variadic flag they leave the arguments after them alone. */

export const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

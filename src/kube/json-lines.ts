/** Newline-delimited JSON, as watches send it. A line that is not JSON is an error, never dropped: a lost event is a wrong cache. */

/** `onData` is called for every chunk. Throws SyntaxError quoting the line's beginning. */
export async function* jsonLines(
  body: AsyncIterable<Uint8Array>,
  onData: () => void = () => {},
): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  // Pieces of a line that has not ended; joined once, so that a line in many chunks costs no more than its length.
  let pieces: string[] = [];
  for await (const chunk of body) {
    onData();
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      pieces.push(line);
      const whole = pieces.join("");
      pieces = [];
      if (whole.trim()) yield parse(whole);
    }
    if (last) pieces.push(last);
  }
  const rest = pieces.join("") + decoder.decode();
  if (rest.trim()) yield parse(rest);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`not JSON: ${line.slice(0, 200)}`, { cause });
  }
}

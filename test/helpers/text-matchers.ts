/** Jest's matchers for texts inside objects, without the `any` that its types give them. */
export function containing(text: string): unknown {
  return expect.stringContaining(text);
}

export function notContaining(text: string): unknown {
  return expect.not.stringContaining(text);
}

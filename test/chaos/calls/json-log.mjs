// Lines of JSON on stdout, for the file that a run keeps.
const tell = (level) => (fields, message) =>
  console.log(JSON.stringify({ level, msg: message, at: Date.now(), ...fields }))

export const log = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [level, tell(level)]),
)

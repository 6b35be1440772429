// Loaded into a daemon by --require: its clock is off by as many seconds as the file named by JUMP_CLOCK says, read
// anew on SIGUSR2. Timers are monotonic and stay as they are, as when the clock of a machine is set.
const { readFileSync } = require('node:fs');

const RealDate = Date;
let offsetMs = 0;
const read = () => {
  offsetMs = Number(readFileSync(process.env.JUMP_CLOCK, 'utf8')) * 1000;
};
read();
process.on('SIGUSR2', read);

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

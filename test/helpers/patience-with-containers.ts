/** Tests of the e2e project may take longer: a container start is a matter of seconds on a busy machine. */
jest.setTimeout(120_000);

/** The throttle of a short run, on the clock of a test. */
import { createPace } from '../../src/partner-center/pacing/pace.js';
import {
  createThrottle,
  type Throttle,
  type ThrottlePorts,
} from '../../src/partner-center/pacing/throttle.js';

export const throttleOn = (clock: Omit<ThrottlePorts, 'pace'>): Throttle =>
  createThrottle({ ...clock, pace: createPace({ concurrency: 100, expected: 400, shards: 1 }) });

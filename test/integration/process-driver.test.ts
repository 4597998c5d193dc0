// The driver whose versions run as processes keeps what every driver keeps, with both ways of taking over: beside the old one, and in its place.
import { deployedProgram } from '../support/deployed-program.ts';
import { type DriverPlace, driverConformance } from '../support/driver-conformance.ts';

const opened = (ports: number) => async (): Promise<DriverPlace> => {
  const place = await deployedProgram({ ports });
  const content = (text: string): void => place.write(text);
  return { driver: place.life().driver, wish: place.wishFor, content };
};

driverConformance('the driver of processes, beside each other,', opened(2));
driverConformance('the driver of processes, in place of each other,', opened(1));

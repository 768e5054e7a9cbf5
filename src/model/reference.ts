/** How the reference runtime names itself in Version. Whoever reads it, over whatever socket, knows that its processes are simulated. */
export const referenceRuntimeName = "criteria-reference";

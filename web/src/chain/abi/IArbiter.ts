// Written by scripts/export.py.
export const arbiterAbi = [
  {"inputs": [{"name": "extraData", "type": "bytes"}], "name": "arbitrationCost", "outputs": [{"name": "", "type": "uint256"}], "stateMutability": "view", "type": "function"},
  {"inputs": [{"name": "choices", "type": "uint256"}, {"name": "extraData", "type": "bytes"}], "name": "createDispute", "outputs": [{"name": "disputeId", "type": "uint256"}], "stateMutability": "payable", "type": "function"},
] as const;

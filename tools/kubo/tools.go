//go:build tools

// Package kubo pins the IPFS node that the tests run against; build with `make build/kubo/ipfs`.
package kubo

import _ "github.com/ipfs/kubo/cmd/ipfs"

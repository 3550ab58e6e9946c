// Finds the image that containerd 1.7 runs, by its own code. Reads questions from standard input, one JSON object a
// line, and writes one answer for each: the digest of the image's configuration; none when it refuses.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/containerd/containerd/content"
	"github.com/containerd/containerd/images"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

type question struct {
	Platform ocispec.Platform
	Root     digest.Digest
	Contents store
}

type answer struct {
	Containerd string `json:"containerd,omitempty"`
}

// store is a content store in memory.
type store map[digest.Digest][]byte

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

func (s store) ReaderAt(_ context.Context, desc ocispec.Descriptor) (content.ReaderAt, error) {
	data, ok := s[desc.Digest]
	if !ok {
		return nil, fmt.Errorf("%s: %w", desc.Digest, errdefs.ErrNotFound)
	}
	return reader{bytes.NewReader(data)}, nil
}

func isConfig(mediaType string) bool {
	return mediaType == ocispec.MediaTypeImageConfig || mediaType == images.MediaTypeDockerSchema2Config
}

// The registry's Content-Type may be either; at most one of them is accepted.
func containerd(q question) string {
	for _, mediaType := range []string{ocispec.MediaTypeImageIndex, ocispec.MediaTypeImageManifest} {
		root := ocispec.Descriptor{MediaType: mediaType, Digest: q.Root, Size: int64(len(q.Contents[q.Root]))}
		found, err := images.Manifest(context.Background(), q.Contents, root, platforms.Only(q.Platform))
		if err == nil && isConfig(found.Config.MediaType) {
			return found.Config.Digest.String()
		}
	}
	return ""
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var q question
		if err == nil {
			err = json.Unmarshal(line, &q)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		output.Encode(answer{containerd(q)})
	}
}

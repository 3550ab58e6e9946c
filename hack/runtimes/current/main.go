// Finds the image that container runtimes run, by their own code. Reads questions from standard input, one JSON object a
// line, and writes one answer for each: the digest of the image's configuration, by runtime; none when it refuses.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"go.podman.io/image/v5/manifest"
	"go.podman.io/image/v5/types"
)

type question struct {
	Platform ocispec.Platform
	Root     digest.Digest
	Contents store
}

type answer struct {
	Containerd string `json:"containerd,omitempty"`
	OCI        string `json:"oci,omitempty"`
	Docker     string `json:"docker,omitempty"`
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
	return images.IsConfigType(mediaType)
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

func configOf(data []byte) string {
	if manifest.MIMETypeIsMultiImage(manifest.GuessMIMEType(data)) {
		return ""
	}
	found, err := manifest.OCI1FromManifest(data)
	if err != nil || !isConfig(found.Config.MediaType) {
		return ""
	}
	return found.Config.Digest.String()
}

func crio(q question, mediaType string) string {
	root := q.Contents[q.Root]
	if config := configOf(root); config != "" {
		return config
	}
	list, err := manifest.ListFromBlob(root, mediaType)
	if err != nil {
		return ""
	}
	system := &types.SystemContext{
		OSChoice: q.Platform.OS, ArchitectureChoice: q.Platform.Architecture, VariantChoice: q.Platform.Variant,
	}
	chosen, err := list.ChooseInstance(system)
	if err != nil {
		return ""
	}
	return configOf(q.Contents[chosen])
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
		output.Encode(answer{containerd(q), crio(q, ocispec.MediaTypeImageIndex), crio(q, manifest.DockerV2ListMediaType)})
	}
}

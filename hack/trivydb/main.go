// Command trivydb writes a vulnerability database that a real Trivy reads, from a JSON fixture:
// OUT/db/trivy.db and OUT/db/metadata.json, and OUT/db.tar.gz, the layer of a database artifact.
// Equal arguments and an equal fixture give equal bytes.
//
//	trivydb -in FIXTURE -out DIRECTORY -updated 2026-01-02T03:04:05Z [-valid 24h]
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
)

// Fixture is what hack/trivydb/fixture.ts describes.
type Fixture struct {
	Sources         map[string]types.DataSource               `json:"sources"`
	Advisories      map[string]map[string]map[string]Advisory `json:"advisories"`
	Vulnerabilities map[string]Vulnerability                  `json:"vulnerabilities"`
	RedHat          struct {
		Repositories map[string][]int `json:"repositories"`
		Images       map[string][]int `json:"images"`
	} `json:"redHat"`
}

type Advisory struct {
	Fixed      string   `json:"fixed"`
	Status     string   `json:"status"`
	Severity   string   `json:"severity"`
	Vulnerable []string `json:"vulnerable"`
	Patched    []string `json:"patched"`
	VendorIDs  []string `json:"vendorIDs"`
	Entries    []Entry  `json:"entries"`
}

type Entry struct {
	Fixed         string   `json:"fixed"`
	Status        string   `json:"status"`
	Architectures []string `json:"architectures"`
	Products      []int    `json:"products"`
	Severity      string   `json:"severity"`
}

// Vulnerability is Trivy's own record, but for severities by name.
type Vulnerability struct {
	types.Vulnerability
	VendorSeverity map[types.SourceID]string
}

func main() {
	log.SetFlags(0)
	in := flag.String("in", "", "fixture, JSON")
	out := flag.String("out", "", "directory to fill")
	updated := flag.String("updated", "", "when the database was made, RFC 3339")
	valid := flag.Duration("valid", 24*time.Hour, "after which it is renewed")
	flag.Parse()
	if err := run(*in, *out, *updated, *valid); err != nil {
		log.Fatalf("trivydb: %v", err)
	}
}

func run(in, out, updated string, valid time.Duration) error {
	at, err := time.Parse(time.RFC3339, updated)
	if err != nil {
		return err
	}
	fixture, err := read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	dir := filepath.Join(out, "db")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := write(fixture, dir); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	meta := metadata.Metadata{Version: db.SchemaVersion, UpdatedAt: at, NextUpdate: at.Add(valid)}
	if err := metadata.NewClient(dir).Update(meta); err != nil {
		return err
	}
	if err := pack(filepath.Join(out, "db.tar.gz"), dir); err != nil {
		return err
	}
	// Whoever downloads the artifact fills this in.
	meta.DownloadedAt = at
	return metadata.NewClient(dir).Update(meta)
}

func read(path string) (fixture Fixture, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fixture, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return fixture, decoder.Decode(&fixture)
}

func write(fixture Fixture, dir string) error {
	if err := db.Init(dir); err != nil {
		return err
	}
	if err := (db.Config{}).BatchUpdate(fixture.put); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return rewrite(db.Path(dir))
}

// rewrite makes equal content equal bytes: within one transaction bbolt lays out its buckets in random order.
func rewrite(path string) error {
	source, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := bolt.Open(path+".new", 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		return err
	}
	defer target.Close()
	if err := bolt.Compact(target, source, 1); err != nil {
		return err
	}
	if err := target.Sync(); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (f Fixture) put(tx *bolt.Tx) error {
	for bucket, packages := range f.Advisories {
		source, ok := f.Sources[bucket]
		if !ok {
			return fmt.Errorf("advisories of %q have no entry in sources", bucket)
		}
		if err := (db.Config{}).PutDataSource(tx, bucket, source); err != nil {
			return err
		}
		root, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		for name, advisories := range packages {
			if err := f.putPackage(root, name, advisories); err != nil {
				return fmt.Errorf("%s, %s: %w", bucket, name, err)
			}
		}
	}
	if err := f.putRedHat(tx); err != nil {
		return err
	}
	for id := range f.Vulnerabilities {
		if err := f.putVulnerability(tx, id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func (f Fixture) putRedHat(tx *bolt.Tx) error {
	for name, products := range f.RedHat.Repositories {
		if err := (db.Config{}).PutRedHatRepositories(tx, name, products); err != nil {
			return err
		}
	}
	for name, products := range f.RedHat.Images {
		if err := (db.Config{}).PutRedHatNVRs(tx, name, products); err != nil {
			return err
		}
	}
	return nil
}

func (f Fixture) putPackage(root *bolt.Bucket, name string, advisories map[string]Advisory) error {
	pkg, err := root.CreateBucketIfNotExists([]byte(name))
	if err != nil {
		return err
	}
	for id, advisory := range advisories {
		if _, ok := f.Vulnerabilities[id]; !ok {
			return fmt.Errorf("%s has no entry in vulnerabilities", id)
		}
		record, err := advisory.record()
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		value, err := json.Marshal(record)
		if err != nil {
			return err
		}
		if err := pkg.Put([]byte(id), value); err != nil {
			return err
		}
	}
	return nil
}

func (a Advisory) record() (any, error) {
	if len(a.Entries) > 0 {
		return a.entries()
	}
	status, err := statusOf(a.Status)
	if err != nil {
		return nil, err
	}
	severity, err := severityOf(a.Severity)
	return &types.Advisory{
		FixedVersion:       a.Fixed,
		Status:             status,
		Severity:           severity,
		VulnerableVersions: a.Vulnerable,
		PatchedVersions:    a.Patched,
		VendorIDs:          a.VendorIDs,
	}, err
}

// entryRecord is one advisory as Trivy's database has it for Oracle, Rocky and Red Hat, which ignore each other's fields.
type entryRecord struct {
	FixedVersion string   `json:",omitempty"`
	Arches       []string `json:",omitempty"`
	Status       int      `json:",omitempty"`
	Affected     []int    `json:",omitempty"`
	Cves         []cve    `json:",omitempty"`
}

type cve struct {
	Severity types.Severity `json:",omitempty"`
}

func (a Advisory) entries() (any, error) {
	var record struct{ Entries []entryRecord }
	for _, e := range a.Entries {
		status, err := statusOf(e.Status)
		if err != nil {
			return nil, err
		}
		severity, err := severityOf(e.Severity)
		if err != nil {
			return nil, err
		}
		record.Entries = append(record.Entries, entryRecord{
			FixedVersion: e.Fixed,
			Arches:       e.Architectures,
			Status:       int(status),
			Affected:     e.Products,
			Cves:         []cve{{Severity: severity}},
		})
	}
	return record, nil
}

func statusOf(name string) (types.Status, error) {
	if name == "" {
		return types.StatusUnknown, nil
	}
	status := types.NewStatus(name)
	if status == types.StatusUnknown && name != "unknown" {
		return status, fmt.Errorf("status %q is none of Trivy's", name)
	}
	return status, nil
}

func (f Fixture) putVulnerability(tx *bolt.Tx, id string) error {
	record := f.Vulnerabilities[id].Vulnerability
	record.VendorSeverity = types.VendorSeverity{}
	for source, name := range f.Vulnerabilities[id].VendorSeverity {
		severity, err := severityOf(name)
		if err != nil {
			return err
		}
		record.VendorSeverity[source] = severity
	}
	return (db.Config{}).PutVulnerability(tx, id, record)
}

func severityOf(name string) (types.Severity, error) {
	if name == "" {
		return types.SeverityUnknown, nil
	}
	return types.NewSeverity(name)
}

func pack(path, dir string) error {
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	for _, name := range []string{"trivy.db", "metadata.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, buffer.Bytes(), 0o600)
}

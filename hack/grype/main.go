// Applies an OpenVEX document to findings with grype's own code, as `grype --vex FILE` does after it has matched.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/anchore/grype/grype/match"
	"github.com/anchore/grype/grype/pkg"
	"github.com/anchore/grype/grype/vex"
	"github.com/anchore/grype/grype/vulnerability"
	"github.com/anchore/syft/syft/source"
)

// What grype knows of an image and what it found there.
type input struct {
	Vex         string   `json:"vex"`
	Tags        []string `json:"tags"`
	RepoDigests []string `json:"repoDigests"`
	Findings    []struct {
		ID   string `json:"id"`
		Purl string `json:"purl"`
	} `json:"findings"`
}

// Prints the findings that remain, as "id purl".
func run() ([]string, error) {
	var given input
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return nil, err
	}
	matches := match.NewMatches()
	for i, finding := range given.Findings {
		matches.Add(match.Match{
			Vulnerability: vulnerability.Vulnerability{Reference: vulnerability.Reference{ID: finding.ID, Namespace: "test"}},
			Package:       pkg.Package{ID: pkg.ID(fmt.Sprint(i)), Name: finding.Purl, PURL: finding.Purl},
		})
	}
	metadata := source.ImageMetadata{Tags: given.Tags, RepoDigests: given.RepoDigests}
	context := pkg.Context{Source: &source.Description{Metadata: metadata}}
	processor, err := vex.NewProcessor(vex.ProcessorOptions{Documents: []string{given.Vex}})
	if err != nil {
		return nil, err
	}
	remaining, _, err := processor.ApplyVEX(&context, &matches, nil)
	if err != nil {
		return nil, err
	}
	left := []string{}
	for _, one := range remaining.Sorted() {
		left = append(left, one.Vulnerability.ID+" "+one.Package.PURL)
	}
	return left, nil
}

func main() {
	left, err := run()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(left)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Command reach answers questions about NetworkPolicies: one JSON object a line, one JSON array of answers a line.
//
//	{"policies": […], "traffic": […]}      [egress, ingress] of each, by Cyclonus
//	{"selector": {…}, "labels": [{…}, …]}  whether each is selected, by the API machinery of Kubernetes
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

type peer struct {
	IP              string            `json:"ip"`
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
}

type traffic struct {
	From     peer          `json:"from"`
	To       peer          `json:"to"`
	Port     int           `json:"port"`
	Names    []string      `json:"names"`
	Protocol core.Protocol `json:"protocol"`
}

type question struct {
	Policies []*networking.NetworkPolicy `json:"policies"`
	Traffic  []traffic                   `json:"traffic"`
	Selector *meta.LabelSelector         `json:"selector"`
	Labels   []map[string]string         `json:"labels"`
}

func main() {
	log.SetFlags(0)
	questions := bufio.NewScanner(os.Stdin)
	questions.Buffer(nil, 64<<20)
	answers := bufio.NewWriter(os.Stdout)
	for questions.Scan() {
		var q question
		if err := json.Unmarshal(questions.Bytes(), &q); err != nil {
			log.Fatalf("reach: %s is no question: %v", questions.Text(), err)
		}
		line, err := json.Marshal(answer(q))
		if err != nil {
			log.Fatal(err)
		}
		answers.Write(append(line, '\n'))
	}
	if err := questions.Err(); err != nil {
		log.Fatal(err)
	}
	if err := answers.Flush(); err != nil {
		log.Fatal(err)
	}
}

func answer(q question) any {
	if q.Selector != nil {
		return selected(*q.Selector, q.Labels)
	}
	for _, policy := range q.Policies {
		setDefaults(&policy.Spec)
	}
	policies := matcher.BuildNetworkPolicies(false, q.Policies)
	allowed := [][2]bool{}
	for _, t := range q.Traffic {
		allowed = append(allowed, t.allowedBy(policies))
	}
	return allowed
}

// setDefaults is what the API server does to an absent list (pkg/apis/networking/v1/defaults.go).
func setDefaults(spec *networking.NetworkPolicySpec) {
	if len(spec.PolicyTypes) > 0 {
		return
	}
	spec.PolicyTypes = []networking.PolicyType{networking.PolicyTypeIngress}
	if len(spec.Egress) > 0 {
		spec.PolicyTypes = append(spec.PolicyTypes, networking.PolicyTypeEgress)
	}
}

// allowedBy asks once for each name of the port: Cyclonus knows one only.
func (t traffic) allowedBy(policies *matcher.Policy) (allowed [2]bool) {
	names := t.Names
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		result := policies.IsTrafficAllowed(&matcher.Traffic{
			Source:           t.From.toCyclonus(),
			Destination:      t.To.toCyclonus(),
			ResolvedPort:     t.Port,
			ResolvedPortName: name,
			Protocol:         t.Protocol,
		})
		allowed[0] = allowed[0] || result.Egress.IsAllowed()
		allowed[1] = allowed[1] || result.Ingress.IsAllowed()
	}
	return allowed
}

func (p peer) toCyclonus() *matcher.TrafficPeer {
	if p.Namespace == "" {
		return &matcher.TrafficPeer{IP: p.IP}
	}
	internal := &matcher.InternalPeer{PodLabels: p.Labels, NamespaceLabels: p.NamespaceLabels, Namespace: p.Namespace}
	return &matcher.TrafficPeer{Internal: internal, IP: p.IP}
}

func selected(selector meta.LabelSelector, sets []map[string]string) []bool {
	of, err := meta.LabelSelectorAsSelector(&selector)
	if err != nil {
		log.Fatalf("reach: %v is no selector: %v", selector, err)
	}
	answers := []bool{}
	for _, set := range sets {
		answers = append(answers, of.Matches(labels.Set(set)))
	}
	return answers
}

package yamltree

// Find returns what stands under a key, or nil; null counts as nothing.
func (n *Node) Find(key string) *Node {
	if n == nil {
		return nil
	}
	for i := len(n.Entries) - 1; i >= 0; i-- {
		if e := n.Entries[i]; e.Key == key {
			if v := e.Value; v.Scalar || v.Items != nil || v.Entries != nil {
				return v
			}
			return nil
		}
	}
	return nil
}

// Has reports whether the key is written at all, with whatever value.
func (n *Node) Has(key string) bool {
	if n == nil {
		return false
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return true
		}
	}
	return false
}

// Word is the scalar under a key, or "".
func (n *Node) Word(key string) string {
	if v := n.Find(key); v != nil {
		return v.Text
	}
	return ""
}

// List are the items under a key; a single scalar is a list of one.
func (n *Node) List(key string) []*Node {
	v := n.Find(key)
	switch {
	case v == nil:
		return nil
	case v.Scalar:
		return []*Node{v}
	}
	return v.Items
}

// Words are the scalars of a list under a key.
func (n *Node) Words(key string) []string {
	var all []string
	for _, item := range n.List(key) {
		all = append(all, item.Text)
	}
	return all
}

// Map is a mapping of scalars under a key; nil if there is none.
func (n *Node) Map(key string) map[string]string {
	v := n.Find(key)
	if v == nil || v.Entries == nil {
		return nil
	}
	all := map[string]string{}
	for _, e := range v.Entries {
		all[e.Key] = e.Value.Text
	}
	return all
}

// Plain is the node as encoding/json writes it, with every scalar as text.
func (n *Node) Plain() any {
	switch {
	case n.Scalar:
		return n.Text
	case n.Items != nil:
		all := make([]any, len(n.Items))
		for i, item := range n.Items {
			all[i] = item.Plain()
		}
		return all
	case n.Entries != nil:
		all := map[string]any{}
		for _, e := range n.Entries {
			all[e.Key] = e.Value.Plain()
		}
		return all
	}
	return nil
}

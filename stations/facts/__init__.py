"""What is known before any province is entered: parameters, units, regulations, with their source.

Data only. `stations.services.facts.load_facts` brings it into the database with `migrate`; after
a change of these files a new migration calls it again.
"""

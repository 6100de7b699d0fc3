print("coracle")
